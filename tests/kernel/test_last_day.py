"""Every day of ten years: a term never ends one second early, by an oracle written from the civil code's own rules of counting."""

from datetime import UTC, datetime, timedelta

from tests.civil_code import may_go_from

from liuhen.kernel.months import Period, over_from


def test_no_term_is_over_one_second_early_on_any_day_of_ten_years() -> None:
    day, terms = datetime(2023, 12, 31, 15, 30, tzinfo=UTC), (1, 3, 6, 24, 60)
    while day.year < 2034:
        for second in (
            0,
            1,
            8 * 3600,
            16 * 3600 - 1801,
            16 * 3600,
        ):  # Around midnight in Beijing, and within the day.
            start = day + timedelta(seconds=second)
            for months in terms:
                found = over_from(Period.parse(f"{months}m").after(start))
                assert found == may_go_from(start, months=months), (start, months, found)
            for days in (1, 30, 90):
                found = over_from(Period.parse(f"{days}d").after(start))
                assert found == may_go_from(start, days=days), (start, days, found)
        day += timedelta(days=1)
