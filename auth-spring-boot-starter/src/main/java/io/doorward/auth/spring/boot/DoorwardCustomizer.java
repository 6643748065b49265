package io.doorward.auth.spring.boot;

import io.doorward.Doorward;

/**
 * Changes the builder of the service before it builds: what no property says, such as budgets or
 * the policies of {@link Doorward.Builder#customize}. Beans of this type are called in their order,
 * after the properties were set.
 */
@FunctionalInterface
public interface DoorwardCustomizer {
  /**
   * Changes the builder. Called once, while the application starts.
   *
   * @param builder has what the properties say
   */
  void customize(Doorward.Builder builder);
}
