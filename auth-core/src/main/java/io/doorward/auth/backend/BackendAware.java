package io.doorward.auth.backend;

import java.util.Collection;

/**
 * Implemented by stores that know their servers. The service watches these and checks their
 * settings. A store that does not implement this works too.
 */
@FunctionalInterface
public interface BackendAware {
  /**
   * Returns the servers.
   *
   * @return always the same objects; stores on one server share one
   */
  Collection<Backend> backends();
}
