// SPDX-License-Identifier: Apache-2.0
// jemalloc reads this when the program is loaded. Two arenas, so that what one thread frees another
// can use; pages that were free for a second go back to the system, also when nothing happens. What
// is freed is overwritten: a secret that a library copied does not outlive its use.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf =
    "narenas:2,background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0,"
    "junk:free,abort_conf:true";
}
