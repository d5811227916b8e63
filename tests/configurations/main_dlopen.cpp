// SPDX-License-Identifier: BSL-1.0
// A program that knows nothing of Asio; all of it comes with a library loaded at run time.
#include "runner.hpp"

#include <dlfcn.h>

#include <cstdio>

int main(int count, char** arguments) {
  void* const library = dlopen(CONFIGURATIONS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  const auto run = reinterpret_cast<decltype(&run_scenario)>(dlsym(library, "run_scenario"));
  return run == nullptr ? 2 : run(count, arguments);
}
