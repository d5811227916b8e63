// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace asioscope::test {

struct outcome {
  int code = -1;
  std::string output;  ///< of both streams
};

/// Runs a shell command to its end.
inline outcome run(const std::string& command) {
  outcome result;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    result.output.append(buffer.data(), count);
  }
  const int status = ::pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

/// A folder of its own that is the meeting place of programs and viewers as long as this object
/// lives.
class meeting_place {
 public:
  meeting_place() {
    std::string name = (std::filesystem::temp_directory_path() / "asioscope-test-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::filesystem::create_directory(folder_ / "asioscope");
    std::filesystem::permissions(folder_ / "asioscope", std::filesystem::perms::owner_all);
    ::setenv("XDG_RUNTIME_DIR", folder_.c_str(), 1);
  }
  ~meeting_place() { std::filesystem::remove_all(folder_); }
  meeting_place(const meeting_place&) = delete;
  meeting_place& operator=(const meeting_place&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const {
    return (folder_ / name).string();
  }
  /// Where a program of this name is found; it has to have the number of a process that lives.
  [[nodiscard]] std::string socket(const std::string& name) const {
    return (folder_ / "asioscope" / (name + "." + std::to_string(::getpid()) + ".sock")).string();
  }

 private:
  std::filesystem::path folder_;
};

/// A viewer_synthetic_program while this object lives.
class synthetic_process {
 public:
  synthetic_process(const std::string& socket, const std::string& settings) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      const std::string command =
          std::string("exec ") + ASIOSCOPE_SYNTHETIC_PROGRAM + " " + socket + " " + settings;
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
    while (!std::filesystem::exists(socket))
      ::usleep(2'000);
  }
  ~synthetic_process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(output_);
  }
  synthetic_process(const synthetic_process&) = delete;
  synthetic_process& operator=(const synthetic_process&) = delete;

  /// Waits for the line that it prints when nothing will change any more.
  std::string sums() {
    std::string line;
    char letter = 0;
    while (::read(output_, &letter, 1) == 1 && letter != '\n')
      line += letter;
    return line;
  }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
};

}  // namespace asioscope::test
