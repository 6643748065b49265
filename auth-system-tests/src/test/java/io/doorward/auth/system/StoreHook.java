package io.doorward.auth.system;

import io.doorward.auth.account.AccountStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** The real account store, where a test steps in between what it did and its answer. */
final class StoreHook {
  private StoreHook() {}

  /**
   * Runs something after each call of a method.
   *
   * @param method its name
   * @param hook what it throws is what the call throws
   */
  static AccountStore after(AccountStore real, String method, Runnable hook) {
    return (AccountStore)
        Proxy.newProxyInstance(
            AccountStore.class.getClassLoader(),
            new Class<?>[] {AccountStore.class},
            (proxy, called, arguments) -> {
              Object result;
              try {
                result = called.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (called.getName().equals(method)) {
                hook.run();
              }
              return result;
            });
  }
}
