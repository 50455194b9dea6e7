// SPDX-License-Identifier: Apache-2.0
#include "base/forget.h"

#include <string.h>

namespace furrow {
namespace {

constexpr unsigned kStackBytes = 32 * 1024;

[[gnu::noinline]] void ForgetStack() {
  char below[kStackBytes];
  explicit_bzero(below, sizeof below);
}

#if defined(__x86_64__)

void ForgetRegisters() {
  if (__builtin_cpu_supports("avx512f")) {
    // Registers 16 to 31: code that was compiled without AVX-512 has none of its own in them.
    asm volatile(
        ".irp n,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
        "vpxord %%zmm\\n,%%zmm\\n,%%zmm\\n\n\t"
        ".endr" ::
            : "memory");
  }
  if (__builtin_cpu_supports("avx")) {
    asm volatile("vzeroall" ::
                     : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                       "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
  }
}

#elif defined(__aarch64__)

void ForgetRegisters() {
  // Registers 8 to 15 keep their halves across calls, so that copies use the others.
  asm volatile(
      ".irp n,0,1,2,3,4,5,6,7,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
      "movi v\\n\\().16b,#0\n\t"
      ".endr" ::
          : "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17", "v18", "v19",
            "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
}

#else
#error "say here how the vector registers of this processor are cleared"
#endif

}  // namespace

void Forget(std::string_view secret) {
  explicit_bzero(const_cast<char*>(secret.data()), secret.size());
}

void ForgetTraces() {
  ForgetStack();
  ForgetRegisters();
}

}  // namespace furrow
