"""Goertzel's filter over a WAV file: tone.py LABEL FILE HERTZ OTHER checks that HERTZ dominates for three seconds or more."""
import math
import struct
import sys
import wave

from capture import check, done

SECONDS = 3.0


def power(samples, rate, hertz):
    """Share of the whole energy of `samples` that lies at `hertz`."""
    factor = 2 * math.cos(2 * math.pi * hertz / rate)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    energy = sum(sample * sample for sample in samples)
    return (last * last + before * before - factor * last * before) / (energy * len(samples) / 2) if energy else 0.0


label, path, hertz, other = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
try:
    with wave.open(path) as file:
        rate, channels, frames = file.getframerate(), file.getnchannels(), file.readframes(file.getnframes())
except (OSError, EOFError, wave.Error) as error:
    check(label, "a recording", str(error))
    done()
samples = struct.unpack(f"<{len(frames) // 2}h", frames[: len(frames) // 2 * 2])[::channels]
length = rate // 10
best = run = 0
for at in range(0, len(samples) - length + 1, length):
    window = samples[at : at + length]
    loud = max(map(abs, window)) > 300 and power(window, rate, hertz) > 0.8 and power(window, rate, other) < 0.1
    run = run + 1 if loud else 0
    best = max(best, run)
print(f"      {label}: {best / 10:.1f} s of {len(samples) / rate:.1f} s at {hertz:.0f} Hz")
check(label, True, best / 10 >= SECONDS)
done()
