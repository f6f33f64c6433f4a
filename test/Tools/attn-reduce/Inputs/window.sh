#!/bin/sh
# Interesting, exit code 1: a valid module with a window.
attn-opt "$1" 2> /dev/null | grep -q "attn.online.*window" && exit 1
exit 0
