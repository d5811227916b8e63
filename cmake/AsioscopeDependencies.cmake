# SPDX-License-Identifier: BSL-1.0
# The Debian packages the project stands on. Each is looked for only when something that needs it is built.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)

find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_reader.hpp REQUIRED)
find_package(Libdw REQUIRED)
find_package(ZLIB REQUIRED)

if(ASIOSCOPE_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()

if(ASIOSCOPE_BUILD_VIEWER)
  find_package(glfw3 3.3 REQUIRED)
  set(OpenGL_GL_PREFERENCE GLVND)
  find_package(OpenGL REQUIRED)
  find_package(PNG REQUIRED)
  find_path(IMGUI_INCLUDE_DIR imgui.h PATH_SUFFIXES imgui REQUIRED)
  find_library(IMGUI_LIBRARY imgui REQUIRED)
  find_library(RE2_LIBRARY re2 REQUIRED)
  find_library(STB_LIBRARY stb REQUIRED)  # Debian's Dear ImGui does not carry its copy of stb
  add_library(asioscope_imgui INTERFACE)
  target_include_directories(asioscope_imgui SYSTEM INTERFACE ${IMGUI_INCLUDE_DIR})
  target_link_libraries(asioscope_imgui INTERFACE
    ${IMGUI_LIBRARY} ${STB_LIBRARY} glfw OpenGL::GL ${CMAKE_DL_LIBS})
  # Sharper text; without it stb_truetype draws the letters.
  find_package(Freetype QUIET)
  if(Freetype_FOUND)
    target_link_libraries(asioscope_imgui INTERFACE Freetype::Freetype)
    target_compile_definitions(asioscope_imgui INTERFACE ASIOSCOPE_VIEWER_FREETYPE)
  endif()
endif()
