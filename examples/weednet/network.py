# SPDX-License-Identifier: Apache-2.0
"""The network: a small U-Net (Ronneberger, Fischer and Brox 2015, MICCAI) that sees a frame at half
its size and answers at a quarter. Its encoder halves the picture four times by strided
convolutions, so that all but the first and the last layer work on few pixels; the decoder adds
(rather than concatenates, as LinkNet does: Chaurasia and Culurciello 2017, VCIP) what the encoder
saw at each size. Channels are multiples of 16, the width of the processor's vectors."""

from torch import nn

CLASSES = ("background", "crop", "weed")
SCALE = 2  # a pixel of the network's input is the mean of 2 x 2 pixels of the frame
MULTIPLE = 16  # its input's sides are multiples of this


def convolution(inputs, outputs, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class WeedNet(nn.Module):
    def __init__(self, widths=(16, 32, 48, 64)):
        super().__init__()
        a, b, c, d = widths
        self.stem = convolution(3, a, 2)
        self.down1 = nn.Sequential(convolution(a, b, 2), convolution(b, b))
        self.down2 = nn.Sequential(convolution(b, c, 2), convolution(c, c))
        self.down3 = nn.Sequential(convolution(c, d, 2), convolution(d, d))
        self.up3, self.mix2 = nn.Conv2d(d, c, 1), convolution(c, c)
        self.up2, self.mix1 = nn.Conv2d(c, b, 1), convolution(b, b)
        self.up1, self.mix0 = nn.Conv2d(b, a, 1), convolution(a, a)
        self.head = nn.Conv2d(a, len(CLASSES), 1)
        self.twice = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, pixels):
        """Pixels (n, 3, h, w) of mean 0 and deviation 1 to scores (n, classes, h / 2, w / 2)."""
        quarter = self.stem(pixels)
        eighth = self.down1(quarter)
        sixteenth = self.down2(eighth)
        x = self.down3(sixteenth)
        x = self.mix2(sixteenth + self.twice(self.up3(x)))
        x = self.mix1(eighth + self.twice(self.up2(x)))
        x = self.mix0(quarter + self.twice(self.up1(x)))
        return self.head(x)
