package io.doorward.auth.spring.boot;

import io.doorward.auth.servlet.WebOptions;

/**
 * Changes the options of filter and endpoints: what no property says, such as the tenant of a
 * request. Beans of this type are called in their order, after the properties were set.
 */
@FunctionalInterface
public interface WebOptionsCustomizer {
  /**
   * Changes the options. Called once, while the application starts.
   *
   * @param options have what the properties say
   */
  void customize(WebOptions.Builder options);
}
