"""All pages, for the application to serve."""

from litestar import Router
from litestar.types import ControllerRouterHandler

from server.web import (
    account,
    airing,
    calendars,
    differences,
    documents,
    explaining,
    forgotten,
    library,
    machines,
    months,
    people,
    planning,
    rights,
    rules,
    second_factor,
    segment,
    signing_in,
    single_sign_on,
    trail,
    uploading,
    vetting,
)
from server.web.static_files import static_file
from server.web.switching import switch_language

router = Router(
    "/",
    route_handlers=[
        months.home,
        *signing_in.HANDLERS,
        *account.HANDLERS,
        *people.HANDLERS,
        months.this_month,
        months.province,
        differences.month_changes,
        planning.start,
        planning.back_to_month,
        planning.follow,
        planning.cancel,
        planning.back_to_run,
        *airing.HANDLERS,
        months.station_now,
        months.station,
        explaining.station_why,
        library.library,
        segment.segment,
        segment.outcome,
        explaining.segment_where,
        segment.back_to_segment,
        segment.no_such_page,
        *segment.DECISIONS,
        vetting.waiting,
        vetting.back_to_queue,
        *vetting.DECISIONS,
        uploading.upload_page,
        uploading.upload,
        rules.rules,
        rights.rights,
        trail.entries,
        trail.entry,
        trail.check,
        *machines.HANDLERS,
        *calendars.HANDLERS,
        documents.api_documents,
        *single_sign_on.HANDLERS,
        *second_factor.HANDLERS,
        *forgotten.HANDLERS,
    ],
    before_request=switch_language,
)

HANDLERS: list[ControllerRouterHandler] = [router, static_file]
