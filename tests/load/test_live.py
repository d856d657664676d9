"""What a load says of itself while it runs."""

from pathlib import Path

from onceproof.load.live import Watch, append_line
from onceproof.load.series import Series


def test_a_line_is_said_once_with_the_rate_of_the_last_seconds(tmp_path: Path) -> None:
    path = tmp_path / "live"
    watch = Watch(path)
    assert watch.describe() is None
    path.write_text("1.0 100\n2.0 200\n3.0 300\n4.0 400\n5.0 500\n6.0 600\n7.0 1600\n", "ascii")
    assert watch.describe() == "280 runs/s, 1,600 finished after 7 s"
    assert watch.describe() is None


def test_a_line_that_is_being_written_waits(tmp_path: Path) -> None:
    path = tmp_path / "live"
    path.write_text("1.0 100\n2.0 2", "ascii")
    assert Watch(path).describe() == "100 runs/s, 100 finished after 1 s"


def test_a_series_is_appended_and_a_file_that_cannot_be_written_is_no_failure(
    tmp_path: Path,
) -> None:
    series = Series()
    series.count_end(1_000)
    append_line(tmp_path / "live", series)
    append_line(tmp_path / "live", series)
    assert Watch(tmp_path / "live").describe() is not None
    append_line(tmp_path, series)
