// SPDX-License-Identifier: BSL-1.0
#include "platform/window.hpp"

#include "platform/colors.hpp"
#include "platform/fonts.hpp"

#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace asioscope::viewer {
namespace {

constexpr int smallest_width = 640;
constexpr int smallest_height = 400;

std::string last_error() {
  const char* text = nullptr;
  glfwGetError(&text);
  return text == nullptr ? "unknown reason" : text;
}

// Of what was just drawn and is not shown yet: what is on the screen may be hidden by another
// window.
picture read_back_buffer(int width, int height) {
  picture result{width, height, {}};
  const auto row = static_cast<std::size_t>(width) * 3;
  result.rgb.resize(row * static_cast<std::size_t>(height));
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadBuffer(GL_BACK);
  glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, result.rgb.data());
  // OpenGL counts rows from the bottom.
  const auto row_at = [&](int index) {
    return result.rgb.begin() + static_cast<std::ptrdiff_t>(row) * index;
  };
  for (int top = 0, bottom = height - 1; top < bottom; ++top, --bottom) {
    std::swap_ranges(row_at(top), row_at(top + 1), row_at(bottom));
  }
  return result;
}

}  // namespace

// Installed before those of Dear ImGui, which calls them first: any of them means that there is
// something to redraw.
struct window::callbacks {
  static void note(GLFWwindow* handle) {
    static_cast<window*>(glfwGetWindowUserPointer(handle))->had_input_ = true;
  }
  static void install(GLFWwindow* handle) {
    glfwSetKeyCallback(handle, [](GLFWwindow* w, int, int, int, int) { note(w); });
    glfwSetCharCallback(handle, [](GLFWwindow* w, unsigned) { note(w); });
    glfwSetCursorPosCallback(handle, [](GLFWwindow* w, double, double) { note(w); });
    glfwSetMouseButtonCallback(handle, [](GLFWwindow* w, int, int, int) { note(w); });
    glfwSetScrollCallback(handle, [](GLFWwindow* w, double, double) { note(w); });
    glfwSetCursorEnterCallback(handle, [](GLFWwindow* w, int) { note(w); });
    glfwSetWindowFocusCallback(handle, [](GLFWwindow* w, int) { note(w); });
    glfwSetFramebufferSizeCallback(handle, [](GLFWwindow* w, int, int) { note(w); });
    glfwSetWindowRefreshCallback(handle, [](GLFWwindow* w) { note(w); });
    glfwSetDropCallback(handle, [](GLFWwindow* w, int count, const char** paths) {
      if (count > 0) static_cast<window*>(glfwGetWindowUserPointer(w))->dropped_ = paths[0];
      note(w);
    });
    glfwSetWindowContentScaleCallback(handle, [](GLFWwindow* w, float, float) { note(w); });
  }
};

window::window(const window_options& wanted) : wanted_scale_(wanted.scale) {
  if (glfwInit() != GLFW_TRUE) {
    throw std::runtime_error("there is no display to open a window on (" + last_error() +
                             "); --dump-model works without one, and xvfb-run gives a virtual one");
  }
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 2);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "asioscope");
  handle_ = glfwCreateWindow(wanted.width, wanted.height, "asioscope", nullptr, nullptr);
  if (handle_ == nullptr) {
    const std::string why = last_error();
    glfwTerminate();
    throw std::runtime_error("cannot open a window with OpenGL 3.2 (" + why +
                             "); with LIBGL_ALWAYS_SOFTWARE=1 it is drawn without a graphics card");
  }
  glfwSetWindowSizeLimits(handle_, smallest_width, smallest_height, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwSetWindowUserPointer(handle_, this);
  glfwMakeContextCurrent(handle_);
  glfwSwapInterval(1);
  callbacks::install(handle_);

  IMGUI_CHECKVERSION();
  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;  // what is remembered is in settings.hpp
  ImGui_ImplGlfw_InitForOpenGL(handle_, true);
  ImGui_ImplOpenGL3_Init("#version 150");
}

window::~window() {
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
  glfwDestroyWindow(handle_);
  glfwTerminate();
}

bool window::wait(double timeout_seconds) {
  had_input_ = false;
  if (timeout_seconds > 0) {
    glfwWaitEventsTimeout(timeout_seconds);
  } else {
    glfwPollEvents();
  }
  return had_input_;
}

void window::wake() { glfwPostEmptyEvent(); }

void window::rescale() {
  float display = 1;
  if (wanted_scale_ > 0) {
    display = wanted_scale_;
  } else {
    float ignored = 1;
    glfwGetWindowContentScale(handle_, &display, &ignored);
  }
  const float scale = std::clamp(display * zoom_, 0.5F, 5.0F);
  if (scale == scale_) return;
  scale_ = scale;
  use_fonts(load_fonts(scale));
  colors::apply_theme(scale, theme_);
  // The texture of the old atlas goes; the back-end makes the new one with the next frame.
  ImGui_ImplOpenGL3_DestroyDeviceObjects();
}

void window::wear(float zoom, colors::theme theme) {
  zoom_ = zoom;
  if (theme == theme_) return;
  theme_ = theme;
  if (scale_ > 0) colors::apply_theme(scale_, theme_);
}

void window::draw(const std::function<void()>& content, picture* copy) {
  rescale();
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  ImGui::NewFrame();
  content();
  ImGui::Render();
  int width = 0;
  int height = 0;
  glfwGetFramebufferSize(handle_, &width, &height);
  glViewport(0, 0, width, height);
  const ImVec4 ground = colors::ground;
  glClearColor(ground.x, ground.y, ground.z, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  if (copy != nullptr) *copy = read_back_buffer(width, height);
  glfwSwapBuffers(handle_);
}

void window::set_title(const std::string& title) {
  if (title == title_) return;
  title_ = title;
  glfwSetWindowTitle(handle_, title.c_str());
}

std::pair<int, int> window::size() const {
  std::pair<int, int> result;
  glfwGetWindowSize(handle_, &result.first, &result.second);
  return result;
}

bool window::is_closing() const { return glfwWindowShouldClose(handle_) != 0; }
void window::close() { glfwSetWindowShouldClose(handle_, GLFW_TRUE); }
bool window::is_iconified() const { return glfwGetWindowAttrib(handle_, GLFW_ICONIFIED) != 0; }

}  // namespace asioscope::viewer
