"""A Raspberry Pi's GPIO as a process sees it: the real libraries run, the kernel's answers come from here.

A filter (seccomp) holds a process at the system calls that open and use ``/dev/gpiochip0``; a thread of the test
answers them by the kernel's interface (``linux/gpio.h``, version 2, which lgpio uses). Nothing of the libraries is
replaced.
"""
