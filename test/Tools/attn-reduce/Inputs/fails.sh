#!/bin/sh
# Interesting, exit code 1: the CPU pipeline says that it cannot lower a sink
# beside a softcap (a fault made up for this test) and the module is valid.
attn-opt "$1" 2> /dev/null | grep -q "attn.dense.*softcap.*sink(" && exit 1
exit 0
