"""Sun, clouds, haze, and how a camera sees them."""

from dataclasses import dataclass

from chainercv_seg.datasets.synthetic_street.dice import Color, Dice

#: The gain that changes nothing.
NEUTRAL = 256

_SKIES: tuple[tuple[Color, Color], ...] = (  # above, at the horizon
    ((70, 120, 200), (190, 215, 240)),
    ((100, 150, 215), (215, 225, 235)),
    ((60, 90, 150), (235, 205, 170)),
    ((150, 160, 175), (205, 210, 215)),
    ((205, 208, 212), (235, 236, 238)),
    ((110, 115, 125), (170, 172, 175)),
    ((90, 85, 130), (240, 170, 120)),
    ((175, 195, 205), (235, 240, 235)),
)


@dataclass(frozen=True)
class Light:
    """The light of a scene. Gains are in 1/256.

    Attributes:
        sun: Side that the sun is on: -1 left, 1 right.
        shadow: Gain on the ground where the sun does not come.
        left: Gain of what faces left.
        right: Gain of what faces right.
        camera: Gain of what faces the camera.
        zenith: Colour of the sky above.
        haze: Colour of the sky at the horizon, and of what is far away.
        sight: Distance, in centimetres, at which nothing but haze is seen.
        clouds: Share of the sky that clouds cover, about, in 1/256.
        cast: Gain of red, green and blue.
        grain: Noise of the camera.
    """

    sun: int
    shadow: int
    left: int
    right: int
    camera: int
    zenith: Color
    haze: Color
    sight: int
    clouds: int
    cast: Color
    grain: int

    @classmethod
    def throw(cls, dice: Dice) -> 'Light':
        """Draw the light of a scene."""
        sun = dice.choose((-1, 1))
        # Strength of the sun: none where the sky is covered.
        strength = dice.choose((0, 10, 40, 70, 100))
        lit, dark = NEUTRAL + strength * 30 // 100, NEUTRAL - strength * 105 // 100
        camera = NEUTRAL + strength * dice.between(-60, 25) // 100
        zenith, haze = dice.choose(_SKIES)
        exposure = dice.between(200, 300)
        red, green, blue = (exposure + dice.between(-12, 12) for _ in range(3))
        return cls(
            sun=sun,
            shadow=NEUTRAL - strength * dice.between(80, 125) // 100,
            left=lit if sun < 0 else dark,
            right=lit if sun > 0 else dark,
            camera=camera,
            zenith=dice.tint(zenith, 25),
            haze=dice.tint(haze, 20),
            sight=dice.choose((15000, 25000, 60000)),
            clouds=dice.choose((0, 60, 110, 160)),
            cast=(red, green, blue),
            grain=dice.between(3, 10),
        )

    def facing(self, side: int) -> int:
        """Gain of what faces a side: -1 left, 0 the camera, 1 right."""
        return (self.camera, self.right, self.left)[side]

    def hazy(self, color: Color, distance: int) -> Color:
        """Mix a colour with haze."""
        share = min(distance, self.sight * 2 // 3)
        red, green, blue = (
            value + (air - value) * share // self.sight
            for value, air in zip(color, self.haze, strict=True)
        )
        return red, green, blue
