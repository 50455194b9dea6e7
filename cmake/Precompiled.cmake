# Standard headers (and GoogleTest for tests) parsed once for the whole tree. Only these: a project
# header in here would rebuild everything, a third-party one would hide a missing EXTERNAL. The
# asan, fuzz and arm64 presets build without, so a forgotten #include <...> still fails a build.
function(furrow_pch_library TARGET)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/${TARGET}.cc CONTENT "\n")
  add_library(${TARGET} OBJECT ${CMAKE_BINARY_DIR}/${TARGET}.cc)
  target_link_libraries(${TARGET} PRIVATE furrow_options Threads::Threads)
  target_precompile_headers(${TARGET} PRIVATE ${ARGN})
endfunction()

set(FURROW_PCH_STANDARD <algorithm> <array> <atomic> <chrono> <cstdint> <cstring> <deque>
  <functional> <map> <memory> <mutex> <optional> <span> <sstream> <string> <string_view> <thread>
  <unordered_map> <utility> <variant> <vector>)

if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
  furrow_pch_library(furrow_pch ${FURROW_PCH_STANDARD})
  if(FURROW_TESTS)
    furrow_pch_library(furrow_test_pch ${FURROW_PCH_STANDARD} <gmock/gmock.h> <gtest/gtest.h>)
    # Its users are programs: g++ refuses a header that was compiled with another kind of PIC.
    set_target_properties(furrow_test_pch PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(furrow_test_pch PRIVATE -fPIE)
    target_link_libraries(furrow_test_pch PRIVATE GTest::gtest GTest::gmock)
  endif()
endif()

function(furrow_reuse_pch TARGET FROM)
  if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    target_precompile_headers(${TARGET} REUSE_FROM ${FROM})
  endif()
endfunction()
