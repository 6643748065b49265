package io.doorward.auth.servlet;

import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AuthListener;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports refused requests to the listener that may be an attack or a mistake in the rules.
 *
 * @param listener guarded
 * @param clients finds out where a request comes from
 */
record RefusalReport(AuthListener listener, ClientAddress clients) {
  private static final Logger LOG = LoggerFactory.getLogger(RefusalReport.class);

  static RefusalReport of(WebOptions options) {
    return new RefusalReport(
        options.listener(), new ClientAddress(options.proxyHeader(), options.trustedProxies()));
  }

  /** Reports a refusal, and writes it to the log with its path. */
  void tell(RefusedRequest refused, ReceivedRequest request) {
    int status = refused.answer().status();
    if (refused.reason().isPresent()) {
      LOG.info("Refused with {} {}: {}", status, refused.reason().get(), LoggedPath.of(request));
    } else if (LOG.isDebugEnabled()) {
      LOG.debug("Refused with {} {}: {}", status, refused.answer().code(), LoggedPath.of(request));
    }
    refused
        .reason()
        .ifPresent(
            reason ->
                listener.on(
                    new AccessEvent.RequestRefused(refused.account(), reason, network(request))));
  }

  /** Returns the client's network, unless that is what cannot be read. */
  private Optional<String> network(ReceivedRequest request) {
    try {
      return clients.context(request).network();
    } catch (RefusedRequest e) {
      return Optional.empty();
    }
  }
}
