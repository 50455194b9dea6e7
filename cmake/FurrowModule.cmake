# furrow_module(NAME [DEPS module…] [EXTERNAL library…] [SRCS file…] [TESTS file…] [BENCH file…]
#               [FUZZ file…])
#
# One library per folder. DEPS are the only modules its files may include (tools/lint/layers.py
# reads these very lines); EXTERNAL are names from cmake/Dependencies.cmake, and a third-party
# header may stand only in a module that lists it here.
function(furrow_module NAME)
  cmake_parse_arguments(M "" "" "DEPS;EXTERNAL;SRCS;TESTS;BENCH;FUZZ" ${ARGN})
  string(REPLACE "/" "_" TARGET "furrow_${NAME}")
  foreach(KIND SRCS TESTS BENCH)  # DRAFT
    foreach(FILE ${M_${KIND}})  # DRAFT
      if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${FILE})  # DRAFT
        list(REMOVE_ITEM M_${KIND} ${FILE})  # DRAFT
      endif()  # DRAFT
    endforeach()  # DRAFT
  endforeach()  # DRAFT
  set(LINKS furrow_options)
  foreach(DEP ${M_DEPS})
    string(REPLACE "/" "_" DEP_TARGET "furrow_${DEP}")
    list(APPEND LINKS ${DEP_TARGET})
  endforeach()
  foreach(LIB ${M_EXTERNAL})
    if(NOT DEFINED FURROW_EXTERNAL_${LIB})
      message(FATAL_ERROR "${NAME}: unknown EXTERNAL ${LIB}, see cmake/Dependencies.cmake")
    endif()
    list(APPEND LINKS ${FURROW_EXTERNAL_${LIB}})
  endforeach()
  if(M_SRCS)
    add_library(${TARGET} STATIC ${M_SRCS})
    target_link_libraries(${TARGET} PUBLIC ${LINKS})
    furrow_reuse_pch(${TARGET} furrow_pch)
  else()
    add_library(${TARGET} INTERFACE)
    target_link_libraries(${TARGET} INTERFACE ${LINKS})
  endif()
  if(M_TESTS AND FURROW_TESTS)
    add_executable(${TARGET}_test ${M_TESTS})
    target_link_libraries(${TARGET}_test PRIVATE ${TARGET} GTest::gtest GTest::gmock GTest::gtest_main)
    furrow_reuse_pch(${TARGET}_test furrow_test_pch)
    add_test(NAME ${NAME} COMMAND ${TARGET}_test)
  endif()
  if(M_BENCH AND FURROW_BENCH)
    add_executable(${TARGET}_bench ${M_BENCH})
    target_link_libraries(${TARGET}_bench PRIVATE ${TARGET} benchmark::benchmark benchmark::benchmark_main)
  endif()
  foreach(FUZZ_SOURCE ${M_FUZZ})
    furrow_fuzz(${TARGET} ${FUZZ_SOURCE})
  endforeach()
endfunction()

# A file x_fuzz.cc holds one LLVMFuzzerTestOneInput. The fuzz preset links it with libFuzzer; every
# other build links it with a main that replays tests/fuzz/corpus/x_fuzz/, so that a finding kept
# there is a unit test from then on.
function(furrow_fuzz MODULE_TARGET FUZZ_SOURCE)
  get_filename_component(FUZZ_NAME ${FUZZ_SOURCE} NAME_WE)
  if(FURROW_FUZZ)
    add_executable(${FUZZ_NAME} ${FUZZ_SOURCE})
    target_link_options(${FUZZ_NAME} PRIVATE -fsanitize=fuzzer)
  elseif(FURROW_TESTS)
    add_executable(${FUZZ_NAME} ${FUZZ_SOURCE} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME replay/${FUZZ_NAME}
      COMMAND ${FUZZ_NAME} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${FUZZ_NAME})
  endif()
  if(TARGET ${FUZZ_NAME})
    target_link_libraries(${FUZZ_NAME} PRIVATE ${MODULE_TARGET})
  endif()
endfunction()
