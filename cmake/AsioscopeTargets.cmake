# SPDX-License-Identifier: BSL-1.0
# How every target of the project is made: real names are prefixed, aliases are asioscope::NAME, each library
# has its own include root, so that a layering mistake is a compile error.

include(GNUInstallDirs)

add_library(asioscope_build_flags INTERFACE)
target_compile_options(asioscope_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion $<$<BOOL:${ASIOSCOPE_WERROR}>:-Werror>)

# asioscope_library(NAME [INTERFACE] FOLDER dir SOURCES … PUBLIC libs… PRIVATE libs…)
# FOLDER holds include/asioscope/… ; sources are relative to the calling CMakeLists.txt.
function(asioscope_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INTERFACE" "FOLDER" "SOURCES;PUBLIC;PRIVATE")
  if(NOT arg_FOLDER)
    set(arg_FOLDER "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  set(target asioscope_${name})
  if(arg_INTERFACE)
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  else()
    add_library(${target} ${arg_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:asioscope_build_flags> ${arg_PRIVATE})
    set_target_properties(${target} PROPERTIES
      POSITION_INDEPENDENT_CODE ON VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
      INSTALL_RPATH "$ORIGIN")
  endif()
  add_library(asioscope::${name} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${arg_FOLDER}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} ${scope} ${arg_PUBLIC})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY ASIOSCOPE_LIBRARIES ${name})
  set_property(GLOBAL PROPERTY ASIOSCOPE_FOLDERS_${name} "${arg_FOLDER}")
  if(ASIOSCOPE_INSTALL)
    install(TARGETS ${target} EXPORT asioscope-targets)
    if(IS_DIRECTORY "${arg_FOLDER}/include")
      install(DIRECTORY "${arg_FOLDER}/include/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    endif()
  endif()
endfunction()

# asioscope_program(NAME SOURCES … LIBRARIES …): a program of ours, with our warnings. With CMAKE_UNITY_BUILD only
# libraries are compiled several files at a time: tests may use the same names.
function(asioscope_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_link_libraries(${name} PRIVATE asioscope_build_flags ${arg_LIBRARIES})
endfunction()

# asioscope_test_headers(NAME LIBRARIES … HEADERS …): what every test of a kind includes, compiled once. Made at the
# first of them.
function(asioscope_test_headers name)
  if(TARGET ${name})
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES;HEADERS")
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/${name}.cpp" CONTENT "")
  add_library(${name} OBJECT "${PROJECT_BINARY_DIR}/${name}.cpp")
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_link_libraries(${name} PRIVATE asioscope_build_flags GTest::gmock_main ${arg_LIBRARIES})
  target_precompile_headers(${name} PRIVATE
    <gmock/gmock.h> <gtest/gtest.h> <algorithm> <atomic> <chrono> <functional> <memory> <mutex> <string>
    <thread> <vector> ${arg_HEADERS})
endfunction()

# asioscope_test(NAME SOURCES … LIBRARIES … [LABELS …] [HEADERS target]): a GoogleTest program registered with CTest as
# one test. The tests of a label L are built by the target asioscope-tests-L. HEADERS: made by asioscope_test_headers.
function(asioscope_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;HEADERS" "SOURCES;LIBRARIES;LABELS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  asioscope_program(${name} SOURCES ${arg_SOURCES} LIBRARIES ${arg_LIBRARIES} GTest::gmock_main)
  if(NOT arg_HEADERS)
    set(arg_HEADERS asioscope_test_headers)
    asioscope_test_headers(${arg_HEADERS})
  endif()
  target_precompile_headers(${name} REUSE_FROM ${arg_HEADERS})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
  foreach(label IN LISTS arg_LABELS)
    if(NOT TARGET asioscope-tests-${label})
      add_custom_target(asioscope-tests-${label})
    endif()
    add_dependencies(asioscope-tests-${label} ${name})
  endforeach()
endfunction()
