package io.doorward.auth.servlet;

import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AuthListener;
import java.util.Optional;

/**
 * Reports refused requests to the listener that may be an attack or a mistake in the rules.
 *
 * @param listener guarded
 * @param clients finds out where a request comes from
 */
record RefusalReport(AuthListener listener, ClientAddress clients) {
  static RefusalReport of(WebOptions options) {
    return new RefusalReport(
        options.listener(), new ClientAddress(options.proxyHeader(), options.trustedProxies()));
  }

  void tell(RefusedRequest refused, ReceivedRequest request) {
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
