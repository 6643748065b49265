package io.doorward.auth.spring.boot;

import io.doorward.auth.session.AuthenticatedPrincipal;
import java.io.Serial;
import java.io.Serializable;
import java.util.List;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;

/**
 * The user of a session of Doorward's, good for the request that it was checked for. Java
 * serialization writes an empty user in its place, because {@link PrincipalBridge} decides anew
 * what comes back from an HTTP session.
 *
 * <p>This covers nothing else: Spring Session keeps {@link #getName}, the account's id, in its
 * index of principals, and other serializers, to JSON for instance, may write the user itself.
 */
final class SessionUser extends UsernamePasswordAuthenticationToken {
  @Serial private static final long serialVersionUID = 1L;

  SessionUser(AuthenticatedPrincipal user) {
    super(user, null, Authorities.of(user));
  }

  /** The principal of a request without a session; not authenticated. */
  private SessionUser() {
    super("", null, List.of());
    super.setAuthenticated(false);
  }

  @Serial
  private Object writeReplace() {
    return new Written();
  }

  private record Written() implements Serializable {
    @Serial
    private Object readResolve() {
      return new SessionUser();
    }
  }
}
