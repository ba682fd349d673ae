"""The pages of the small district: what every page keeps to is tried on all of these.

A test takes part in the list, so that no page is added without being looked at.
"""

# Everybody's.
OPEN_PAGES = ("/dang-nhap", "/quen-mat-khau", "/kiem-tra", "/api/v1/docs")
PAGES = (
    *OPEN_PAGES,
    "/thang/2026-12",
    "/thang/2027-06",
    "/thang/2026-12?q=ea",
    "/thang/2026-12/phat-song",
    "/thang/2026-12/thay-doi",
    "/thang/2026-12/du-bao",
    "/thang/2026-12/du-bao/h654",
    "/thang/2026-12/xem-xet",
    "/thang/2026-12/don-doc",
    "/thang/2026-12/chot",
    "/thang/2026-12/xu-huong",
    "/thang/2026-12?xem=ke-hoach",
    "/dai/h654/hom-nay",
    "/dai/h654/2026-12",
    "/dai/x24490/2026-12",
    "/dai/h654/2027-06",
    "/dai/h654/2026-12/vi-sao",
    "/dai/h654/2026-12/phat-song",
    "/dai/h654/2026-12/ghi-am",
    "/dai/h654/2026-12/don-doc",
    "/dai/h654/webhook",
    "/bai",
    "/bai/b0001",
    "/bai/b0001/o-dau/2026-12",
    "/bai/b0001/rut",
    "/tai-len?cua=co-quan",
    "/cho-duyet",
    "/tai-len",
    "/tai-len?bai=b0001",
    "/quy-dinh",
    "/dot/cchc/cach-tinh",
    "/quyen",
    "/bao-cao",
    "/bao-cao/2026-12",
    "/bao-cao/mau",
    "/bao-cao/2026-12/chu-tri/snv",
    "/ma-truy-cap",
    "/nhat-ky",
    "/nhat-ky/1",
    "/nhat-ky/kiem-tra",
    "/quan-tri/tai-khoan",
    "/quan-tri/tai-khoan/moi-viec",
    "/tai-khoan",
    "/tai-khoan/hai-buoc",
    "/tai-khoan/lich",
    "/thiet-ke",
)
# Refusals, which are pages too, with their status.
REFUSALS = {
    "/khong-co": 404,
    "/kiem-tra/khong-co": 404,
    "/bai/khong-co": 404,
    "/thang/2026-13": 400,
    "/mat-khau/khong-co": 404,
}
# What tests of their own look at: they need something made first.
ELSEWHERE = {
    "/",
    "/thang",
    "/dai/{code:str}",
    "/bat-dau/{secret:str}",
    "/mat-khau/{secret:str}",
    "/kiem-tra/{code:str}",
    "/thang/{month:str}/lap-lich/{run:str}",
    "/dai/{code:str}/{month:str}/ghi-am/{recording_id:int}",
    "/bai/{code:str}/ket-qua",
    "/don-doc/{number:int}/{signature:str}",
}
