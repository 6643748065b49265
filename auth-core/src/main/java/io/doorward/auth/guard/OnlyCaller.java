package io.doorward.auth.guard;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles.Lookup;

/**
 * Lets one class of this library call a method that has to be public because that class lies in
 * another package. Immutable and thread-safe.
 *
 * <p>Security: the proof is the {@link Lookup} that a class makes of itself, which other code
 * cannot make for it. It keeps applications from calling such a method by mistake or by
 * convenience; code that may reflect into this library is not kept out by anything.
 */
public final class OnlyCaller {
  private final String name;

  private OnlyCaller(String name) {
    this.name = name;
  }

  /**
   * Names the one class.
   *
   * @param name its full name
   * @return what lets this class pass and no other
   */
  public static OnlyCaller named(String name) {
    return new OnlyCaller(requireNonNull(name, "name"));
  }

  /**
   * Checks a caller.
   *
   * @param caller what the calling class made by {@code MethodHandles.lookup()}
   * @throws IllegalArgumentException if it is of another class or has not all its rights
   */
  public void require(Lookup caller) {
    Class<?> calling = caller.lookupClass();
    boolean itself =
        caller.hasFullPrivilegeAccess()
            && calling.getName().equals(name)
            && calling.getModule() == OnlyCaller.class.getModule();
    if (!itself) {
      throw new IllegalArgumentException(
          "caller must be " + name + " with all its rights: " + caller);
    }
  }
}
