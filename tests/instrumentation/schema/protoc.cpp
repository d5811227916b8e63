// SPDX-License-Identifier: BSL-1.0
#include "protoc.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace asioscope::schema::testing {

std::string protoc_decode(const std::string& bytes) {
  std::string path = "/tmp/asioscope-stream-XXXXXX";
  const int file = ::mkstemp(path.data());
  if (file < 0) return {};
  ::close(file);
  std::ofstream{path, std::ios::binary}.write(bytes.data(),
                                              static_cast<std::streamsize>(bytes.size()));
  const std::string command = std::string{ASIOSCOPE_PROTOC} +
                              " --proto_path=" + ASIOSCOPE_PROTO_FOLDER +
                              " --decode=asioscope.Stream stream.proto < " + path;
  std::string text;
  FILE* output = ::popen(command.c_str(), "r");
  if (output != nullptr) {
    std::array<char, 4096> part{};
    while (const std::size_t got = std::fread(part.data(), 1, part.size(), output)) {
      text.append(part.data(), got);
    }
    if (::pclose(output) != 0) text.clear();
  }
  ::unlink(path.c_str());
  return text;
}

}  // namespace asioscope::schema::testing
