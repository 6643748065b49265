package io.doorward.auth.backend;

import java.util.Collection;

/**
 * What a store implements that can say which servers it stands on. The service watches them and
 * looks at their settings. A store that does not implement this is used all the same.
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
