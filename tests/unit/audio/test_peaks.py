from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from coder_app.audio.peaks import PEAKS_PER_SECOND, PeakMeter

RATE = 200  # twenty samples a peak


def peaks_of(*stretches):
    meter = PeakMeter(RATE)
    for stretch in stretches:
        meter.feed(np.asarray(stretch, np.int16))
    return meter.finish()


@given(
    samples=st.lists(st.integers(-32768, 32767), max_size=130),
    cuts=st.lists(st.integers(0, 130), max_size=5),
)
def test_peaks_are_the_largest_deflections_however_the_samples_are_cut(samples, cuts):
    window = RATE // PEAKS_PER_SECOND
    expected = [
        -(-max(abs(sample) for sample in samples[start : start + window]) * 255 // 32768)
        for start in range(0, len(samples), window)
    ]
    edges = [0, *sorted(cuts), len(samples)]
    stretches = [samples[first:last] for first, last in pairwise(edges)]
    assert list(peaks_of(*stretches)) == expected


def test_full_scale_is_255_silence_0_and_the_faintest_sound_1():
    assert list(peaks_of([-32768] + [0] * 19, [0] * 20, [1] + [0] * 19, [32767])) == [255, 0, 1, 255]
