// SPDX-License-Identifier: BSL-1.0
// A program that knows nothing of asioscope: says how many threads it has.
#include <cstdio>
#include <filesystem>
#include <iterator>

int main() {
  const auto threads = std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  std::printf("%s\n", threads > 1 ? "not alone" : "alone");
}
