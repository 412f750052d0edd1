"""What the authorization server will never look at again goes, and nothing else."""

from smart_server import Clock, granted, opened, refreshed, running

from fhirbridge.store.spent import sweep

DAY = 24 * 3600


def test_live_grants_stay_and_old_ones_go(database_url):
    with opened(database_url) as database, running(database, Clock()) as world:
        world.person()
        app = world.client()
        first = granted(world, app)
        for _ in range(3):
            world.parts.tables.attempts.note(b"k", world.clock(), 60_000_000)
        sweep(database, world.clock())
        assert refreshed(world, app, first["refresh_token"]).status_code == 200
        world.clock.forward(60 * DAY)
        assert sweep(database, world.clock()) > 0
        assert world.rows("SELECT count(*) FROM login_session") == [(0,)]
        assert world.rows("SELECT count(*) FROM attempt") == [(0,)]
        assert world.rows("SELECT count(*) FROM oauth_access") == [(0,)]
        assert world.rows("SELECT count(*) FROM oauth_grant") == [(1,)]
        world.clock.forward(400 * DAY)
        sweep(database, world.clock())
        for table in ("oauth_grant", "oauth_refresh", "token"):
            assert world.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608
        assert world.rows("SELECT count(*) FROM account") == [(1,)]
