// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/failure.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <system_error>
#include <utility>

namespace asioscope::core {

namespace {

/// As Boost's own, of which the one that matters is `operation_aborted`.
error_code code_of_std(const std::error_code& error) noexcept {
  const error_code aborted = boost::asio::error::operation_aborted;
  return error == std::error_code(aborted) ? aborted : error_code(error);
}

}  // namespace

error_code code_of(const std::exception_ptr& exception) noexcept {
  if (exception == nullptr) return {};
  try {
    std::rethrow_exception(exception);
  } catch (const boost::system::system_error& error) {
    return error.code();
  } catch (const std::system_error& error) {
    return code_of_std(error.code());
  } catch (const error_code& error) {  // thrown bare
    return error;
  } catch (const std::error_code& error) {
    return code_of_std(error);
  } catch (...) {
    return errc::failed;
  }
}

std::string text_of(const std::exception_ptr& exception) {
  if (exception == nullptr) return {};
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    const error_code code = code_of(exception);
    return code == errc::failed ? "something that is no std::exception" : code.message();
  }
}

failure failure_of(std::exception_ptr exception) noexcept {
  const error_code error = code_of(exception);
  return {error, std::move(exception)};
}

bool is_cancellation(const failure& what) noexcept {
  return what.error == boost::asio::error::operation_aborted;
}

verdict judge_failure(const failure& what) noexcept {
  return is_cancellation(what) ? verdict::ignored : verdict::failure;
}

}  // namespace asioscope::core
