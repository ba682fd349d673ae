"""What a run of `loa station sync` brings, tells and takes away, against the real service."""



from tests.server.station.stations import Station


def test_the_first_run_brings_every_sound_that_is_yet_to_be_aired(station: Station) -> None:
    outcome = station.run()
    assert (outcome.renewed, outcome.lacking, outcome.trouble) == (True, [], None)
    assert outcome.fetched == len(station.manifest.files) == len(station.names())
    assert station.unverified() == []
    for slot in station.manifest.slots:
        for sound in slot.sounds:
            path = station.folder.sound(sound.sha256)
            assert path is not None and path.stem == sound.sha256


def test_a_second_run_asks_whether_anything_changed_and_fetches_nothing(station: Station) -> None:
    station.run()
    outcome = station.run()
    assert (outcome.renewed, outcome.fetched, outcome.received, outcome.lacking) == (False, 0, 0, [])
