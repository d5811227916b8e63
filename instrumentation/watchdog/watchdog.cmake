# SPDX-License-Identifier: BSL-1.0
# Stalls and their stacks: part of asioscope::recorder, included by its CMakeLists.txt.
set(watchdog "${CMAKE_CURRENT_LIST_DIR}")
include("${watchdog}/system_calls.cmake")
target_sources(asioscope_recorder PRIVATE
  ${watchdog}/src/cpu_samples.cpp
  ${watchdog}/src/crash_line.cpp
  ${watchdog}/src/debug_info.cpp
  ${watchdog}/src/own_memory.cpp
  ${watchdog}/src/primitive_name.cpp
  ${watchdog}/src/qualified_name.cpp
  ${watchdog}/src/rate_limiter.cpp
  ${watchdog}/src/readable_name.cpp
  ${watchdog}/src/reporter.cpp
  ${watchdog}/src/sleeping_stack.cpp
  ${watchdog}/src/stack_sampler.cpp
  ${watchdog}/src/stack_walk.cpp
  ${watchdog}/src/stall_cause.cpp
  ${watchdog}/src/stall_detector.cpp
  ${watchdog}/src/stall_samples.cpp
  ${watchdog}/src/standstill.cpp
  ${watchdog}/src/symboliser.cpp
  ${watchdog}/src/thread_activity.cpp
  ${watchdog}/src/watch.cpp)
target_include_directories(asioscope_recorder PUBLIC $<BUILD_INTERFACE:${watchdog}/include>)
target_include_directories(asioscope_recorder PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/watchdog")
target_link_libraries(asioscope_recorder PRIVATE Libdw::Libdw)
if(ASIOSCOPE_INSTALL)
  install(DIRECTORY ${watchdog}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
