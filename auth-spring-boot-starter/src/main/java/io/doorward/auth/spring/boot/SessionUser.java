package io.doorward.auth.spring.boot;

import io.doorward.auth.session.AuthenticatedPrincipal;
import java.io.Serial;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;

/** The user of a session of ours. Good for the request that it was checked for. */
final class SessionUser extends UsernamePasswordAuthenticationToken {
  @Serial private static final long serialVersionUID = 1L;

  SessionUser(AuthenticatedPrincipal user) {
    super(user, null, Authorities.of(user));
  }
}
