# SPDX-License-Identifier: BSL-1.0
# What `cmake --install` leaves behind: the libraries (exported by asioscope_library), the package
# config that find_package(asioscope COMPONENTS …) reads, and the viewer.

include(CMakePackageConfigHelpers)

set(destination "${CMAKE_INSTALL_LIBDIR}/cmake/asioscope")
get_property(ASIOSCOPE_COMPONENTS GLOBAL PROPERTY ASIOSCOPE_LIBRARIES)

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/asioscopeConfig.cmake.in" "${PROJECT_BINARY_DIR}/asioscopeConfig.cmake"
  INSTALL_DESTINATION "${destination}")
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/asioscopeConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)

install(EXPORT asioscope-targets NAMESPACE asioscope:: DESTINATION "${destination}")
install(FILES
  "${PROJECT_BINARY_DIR}/asioscopeConfig.cmake"
  "${PROJECT_BINARY_DIR}/asioscopeConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/FindLibdw.cmake"
  DESTINATION "${destination}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

if(TARGET asioscope-viewer)
  set_target_properties(asioscope-viewer PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS asioscope-viewer)
endif()
