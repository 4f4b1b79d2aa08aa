"""One camera, opened by picamera2, configured once, started and stopped.

What picamera2 does that one would not expect, and what is done about it:

- A failed opening keeps a file descriptor, and tells why only in ``__cause__``: it is tried once a process.
- After a failed ``configure`` a bare ``start`` would run a preview at another size: nothing is started unless what was
  granted is what was asked for.
- ``start`` forgets the controls that were set: they are set before each.
- What ``camera_configuration`` says of controls may be stale: it is not read; a frame's own metadata count.
- Reading ``sensor_modes`` configures the camera anew for each: it is never read.
- ``stop`` waits for a loop that an exception may have ended: ``stop_preview`` and ``cancel_all_and_flush`` come first.
- A board with 512 MB: I420, no raw stream, four buffers.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from edge.base.errors import BadInput, Stop
from edge.base.frame import Geometry
from edge.capture.exposure import Limits
from edge.capture.picamera import library
from edge.capture.picamera.settings import Gains, Settings, Value, typed
from edge.capture.picamera.tuning import calm, gains

BUFFERS = 4
FORMAT = "YUV420"
_FAULTS = (RuntimeError, OSError, ValueError, KeyError, TypeError)

_log = logging.getLogger(__name__)


class Session:
    """The camera.

    Args:
        arrived: called with each request in picamera2's loop, before anything else may look at it.

    Attributes:
        geometry, small: of the two pictures, strides as granted.
        gains: white balance of day and night.
        limits: of its exposure.

    Raises:
        BadInput: there is no camera, it is busy, or it does not grant what is asked.
        BadConfiguration: picamera2 or the sensor's tuning cannot be used.
    """

    def __init__(self, settings: Settings, arrived: Callable[[Any], None]) -> None:
        self._settings = settings
        package = library.load()
        tuning = _tuning(package)
        self.gains: tuple[Gains, Gains] | None = gains(tuning, settings.day_gains, settings.night_gains)
        self._camera = _opened(package, calm(tuning))
        try:
            self._configure()
        except BaseException:
            self.close()
            raise
        self._offered = {name: control.type.name for name, (control, _) in self._camera.camera_ctrl_info.items()}
        least, most, _ = self._camera.camera_controls.get("AnalogueGain", (1.0, 1.0, 1.0))
        self.limits = Limits(settings.period_us, (float(least), float(most)))
        self._camera.pre_callback = arrived

    def start(self, values: Mapping[str, Value]) -> None:
        """Starts the camera with these controls.

        Raises:
            BadInput: it does not start.
        """
        self.set(values)
        try:
            self._camera.start()
        except _FAULTS as error:
            raise _bad("cannot be started", error) from error

    def restart(self, values: Mapping[str, Value]) -> None:
        """Brings a camera back whose loop has ended or whose frames have stopped.

        Raises:
            BadInput: it cannot be brought back.
        """
        try:
            self._halt()
        except _FAULTS as error:
            raise _bad("cannot be stopped", error) from error
        self.start(values)

    def set(self, values: Mapping[str, Value]) -> None:
        """Sets controls for the frames to come; what the camera does not offer is left out."""
        self._camera.set_controls(typed(values, self._offered))

    def close(self) -> None:
        """Gives the camera back; one that is gone is told and left."""
        try:
            self._halt()
            self._camera.close()
        except _FAULTS as error:
            _log.warning("the camera cannot be closed (%s)", error)
        self._camera.allocator = None  # close() leaves a new one behind, which holds the heap open

    def _halt(self) -> None:
        if self._camera._preview is not None:
            self._camera.stop_preview()
        self._camera.cancel_all_and_flush()
        self._camera.stop()

    def _configure(self) -> None:
        import libcamera

        settings = self._settings
        across, down = settings.flips
        wanted = self._camera.create_video_configuration(
            main={"size": settings.size, "format": FORMAT},
            lores=None if settings.small is None else {"size": settings.small, "format": FORMAT},
            raw=None,
            transform=libcamera.Transform(hflip=int(across), vflip=int(down)),
            colour_space=libcamera.ColorSpace.Rec709(),
            buffer_count=BUFFERS,
            queue=False,
            display=None,
        )
        try:
            self._camera.configure(wanted)
        except _FAULTS as error:
            raise _bad("cannot be configured", error) from error
        granted = self._camera.camera_configuration()
        self.geometry = _granted(granted["main"], settings.size)
        self.small = None if settings.small is None else _granted(granted["lores"], settings.small)
        turned = granted["transform"]
        if (turned.hflip, turned.vflip, turned.transpose) != (across, down, False):
            raise BadInput(
                f"the camera gives its picture turned as {turned}, not by {settings.rotation} degrees with mirror "
                f"{settings.mirror}: masks would lie elsewhere; set rotation and mirror to what it can do"
            )


def _tuning(package: ModuleType) -> dict[str, Any]:
    """Returns the tuning file of the first camera's sensor."""
    try:
        cameras = package.Picamera2.global_camera_info()
    except _FAULTS as error:
        raise _bad("cannot be looked for", error) from error
    if not cameras:
        raise BadInput("there is no camera: look at its ribbon, and at what rpicam-hello --list-cameras says")
    model = str(cameras[0]["Model"])
    for name in (f"{model}.json", f"{model}_mono.json"):
        try:
            tuning: dict[str, Any] = package.Picamera2.load_tuning_file(name)
            return tuning
        except RuntimeError:
            continue
    raise BadInput(f"the sensor {model} has no tuning file; install libcamera-ipa, or take a sensor that it knows")


def _opened(package: ModuleType, tuning: dict[str, Any]) -> Any:
    try:
        return package.Picamera2(tuning=tuning)
    except _FAULTS as error:
        raise _bad("cannot be opened", error) from error


def _granted(stream: Mapping[str, Any], size: tuple[int, int]) -> Geometry:
    """Returns the geometry of a stream; a picture of another size or form must not run, for masks would not fit."""
    stride, told = int(stream["stride"]), f"{stream['size']} {stream['format']}, rows of {stream['stride']} bytes"
    fits = stride >= size[0] and stride % 2 == 0 and int(stream["framesize"]) >= stride * size[1] * 3 // 2
    if stream["size"] != size or stream["format"] != FORMAT or not fits:
        raise BadInput(f"the camera grants {told}; {size} {FORMAT} is asked for: choose a size that it can give")
    return Geometry(*size, stride)


def _bad(what: str, error: Exception) -> BadInput:
    """Returns our error with the innermost reason that the library has."""
    reason: BaseException = error
    while reason.__cause__ is not None:
        reason = reason.__cause__
    if isinstance(reason, OSError) and reason.errno == errno.ENOMEM:
        return BadInput(
            f"the camera {what}: no contiguous memory is left; give it more (dtoverlay=vc4-kms-v3d,cma-128 in "
            "config.txt) or ask for a smaller picture"
        )
    return BadInput(f"the camera {what} ({reason}); look at its ribbon, and at who else uses it (fuser -v /dev/media*)")


def encoder_fault(what: str, error: Exception) -> Stop:
    """Returns our error for an encoder that fails."""
    return Stop(f"the camera's encoder {what} ({error}); the recorder must be started anew")
