// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace furrow {

/// Overwrites a secret in a buffer of the caller's own, which it may see through a view.
void Forget(std::string_view secret);

/// Overwrites what this thread's past calls left behind: its vector registers, and the next 32 KiB
/// of stack below the caller. Whoever copied a secret calls it afterwards: the last bytes that
/// memcpy moved stay in a register, and the first call of any function through the dynamic linker
/// saves all registers on the stack. About half a microsecond.
void ForgetTraces();

/// Forgets the traces of a scope, and of everything that was declared in it afterwards.
struct ForgetfulScope {
  ForgetfulScope() = default;
  ForgetfulScope(const ForgetfulScope&) = delete;
  ForgetfulScope& operator=(const ForgetfulScope&) = delete;
  ~ForgetfulScope() { ForgetTraces(); }
};

}  // namespace furrow
