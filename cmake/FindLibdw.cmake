# SPDX-License-Identifier: BSL-1.0
# libdw of elfutils, which turns addresses into functions and lines: target Libdw::Libdw.
# Installed beside the package config: a static asioscope::recorder passes the dependency on.

find_path(LIBDW_INCLUDE_DIR elfutils/libdwfl.h)
find_library(LIBDW_LIBRARY dw)
mark_as_advanced(LIBDW_INCLUDE_DIR LIBDW_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libdw
  REQUIRED_VARS LIBDW_LIBRARY LIBDW_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "On Debian and Ubuntu it is in the package libdw-dev.")

if(Libdw_FOUND AND NOT TARGET Libdw::Libdw)
  add_library(Libdw::Libdw UNKNOWN IMPORTED)
  set_target_properties(Libdw::Libdw PROPERTIES
    IMPORTED_LOCATION "${LIBDW_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${LIBDW_INCLUDE_DIR}")
endif()
