"""All measurements, each in a table with the limit beside each figure."""

from benchmarks import fan_out

fan_out.main()
