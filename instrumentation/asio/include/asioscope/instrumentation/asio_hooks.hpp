// SPDX-License-Identifier: BSL-1.0
/// The header that Asio includes when a program is built with asioscope::hooks, that is, with
/// `BOOST_ASIO_CUSTOM_HANDLER_TRACKING=<asioscope/instrumentation/asio_hooks.hpp>`. It sees every
/// operation, every run, every coroutine and every pass through the reactor, with no change to the
/// program's source.
///
/// Asio includes it before its own classes exist: it may include none of Asio's headers but the
/// leaves, and everything in it that touches Asio is a template.
#pragma once

#if !defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
#error "asio_hooks.hpp is for Asio to include: link asioscope::hooks instead"
#endif

#include <boost/version.hpp>

#if BOOST_VERSION < 108100 || (BOOST_VERSION >= 108200 && !defined(ASIOSCOPE_FORCE_HOOKS))

#warning \
    "asioscope: the hooks are tested with Boost 1.81 only and are off; define ASIOSCOPE_FORCE_HOOKS to try them, or use asioscope::instrumented_executor"
#include "asioscope/instrumentation/detail/no_hooks.hpp"

#else

#define ASIOSCOPE_HOOKS 1

#include "asioscope/instrumentation/detail/operation_hooks.hpp"
#include "asioscope/instrumentation/detail/promise_hooks.hpp"
#include "asioscope/instrumentation/detail/unit_hooks.hpp"

#define BOOST_ASIO_INHERIT_TRACKED_HANDLER : public ::asioscope::hooks::tracked_handler
#define BOOST_ASIO_ALSO_INHERIT_TRACKED_HANDLER , public ::asioscope::hooks::tracked_handler
#define BOOST_ASIO_HANDLER_TRACKING_INIT \
  ::asioscope::hooks::on_scheduler(ctx, *this, get_task_, own_thread)
#define BOOST_ASIO_HANDLER_LOCATION(args) ::asioscope::hooks::location tracked_location args
#define BOOST_ASIO_HANDLER_CREATION(args) ::asioscope::hooks::creation args
#define BOOST_ASIO_HANDLER_COMPLETION(args) ::asioscope::hooks::completion tracked_completion args
// These two stand in one block, with nothing but the call of the handler between them.
#define BOOST_ASIO_HANDLER_INVOCATION_BEGIN(args) \
  tracked_completion.invocation_begin args;       \
  ASIOSCOPE_TRY static_cast<void>(0)
#define BOOST_ASIO_HANDLER_INVOCATION_END ASIOSCOPE_LET_GO tracked_completion.invocation_end()
#define BOOST_ASIO_HANDLER_OPERATION(args) ::asioscope::hooks::ignore args
#define BOOST_ASIO_HANDLER_REACTOR_REGISTRATION(args) ::asioscope::hooks::ignore args
#define BOOST_ASIO_HANDLER_REACTOR_DEREGISTRATION(args) ::asioscope::hooks::ignore args
#define BOOST_ASIO_HANDLER_REACTOR_READ_EVENT 1
#define BOOST_ASIO_HANDLER_REACTOR_WRITE_EVENT 2
#define BOOST_ASIO_HANDLER_REACTOR_ERROR_EVENT 4
#define BOOST_ASIO_HANDLER_REACTOR_EVENTS(args) ::asioscope::hooks::ignore args
#define BOOST_ASIO_HANDLER_REACTOR_OPERATION(args) ::asioscope::hooks::reactor_operation args

#endif
