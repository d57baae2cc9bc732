from tests.domain.metering.fixtures import books_stay_clean, luna, padaria, spring, world  # noqa: F401
