/* What native.c and init.c share: the way to the command. */
#ifndef PREFLIGHT_NATIVE_H
#define PREFLIGHT_NATIVE_H
#include <stdint.h>

/* Descriptors whose inheritance is known: 0 to TRACKED - 1. */
enum { TRACKED = 1024 };

/* Every signal but SIGKILL and SIGSTOP, which cannot be blocked; as a mask for system calls, for musl's own calls hide
 * signals 32 to 34. */
static const uint64_t every_signal = ~0ull;

/* Holds every signal back. -EINTR where one has come that nobody has heard of yet: then the run ends with it. */
int32_t pf_hold(void);

/* Becomes the user that the command is to run as, for good; 0, or -errno. Safe after a fork. */
int32_t pf_step_down(void);

/* The last steps to the command, of an exec and of an init's child alike: all that was touched becomes as it was
 * inherited. Returns only where it failed, with -errno. Safe after a fork: nothing in it allocates or locks. */
int32_t pf_become(int32_t first);

#endif
