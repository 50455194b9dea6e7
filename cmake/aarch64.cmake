# Cross build for 64-bit ARM with Debian's compiler. Libraries and headers come from a sysroot that
# tools/arm64/sysroot.sh fills: some arm64 -dev packages cannot be installed beside their twins.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

get_filename_component(FURROW_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot-arm64 ABSOLUTE)
set(CMAKE_SYSROOT ${FURROW_SYSROOT})
set(CMAKE_FIND_ROOT_PATH ${FURROW_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(ENV{PKG_CONFIG_DIR} "")
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${FURROW_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
  ${FURROW_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${FURROW_SYSROOT}/usr/share/pkgconfig)
