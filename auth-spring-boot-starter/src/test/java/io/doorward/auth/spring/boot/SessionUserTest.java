package io.doorward.auth.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.RoleModel;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AuthenticatedPrincipal;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.TokenStore;
import io.doorward.auth.testkit.TestSecrets;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;

/** What Java serialization writes of a user, as Spring Session does by default. */
class SessionUserTest {
  @Test
  void serializationWritesNoUser() throws Exception {
    SessionUser user = new SessionUser(loggedIn().principal());
    assertThat(user.isAuthenticated()).isTrue();

    byte[] bytes = write(new SecurityContextImpl(user));
    SecurityContext read =
        (SecurityContext) new ObjectInputStream(new ByteArrayInputStream(bytes)).readObject();

    assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).doesNotContain("ada@example.org");
    assertThat(read.getAuthentication()).isInstanceOf(SessionUser.class);
    assertThat(read.getAuthentication().isAuthenticated()).isFalse();
    assertThat(read.getAuthentication().getPrincipal()).isEqualTo("");
    assertThat(read.getAuthentication().getAuthorities()).isEmpty();
  }

  /** A permission must not make an authority that is read as a role. */
  @Test
  void effectiveRolesAndPermissionsAreAuthorities() {
    RoleModel model =
        RoleModel.builder()
            .role("admin")
            .includes("editor")
            .grants("user:*", "ROLE_root")
            .role("editor")
            .grants("article:write")
            .build();
    Session session = loggedIn().principal().session();
    AuthenticatedPrincipal admin =
        new AuthenticatedPrincipal(session.account(), Set.of("admin"), session, model);

    assertThat(Authorities.of(admin))
        .extracting(GrantedAuthority::getAuthority)
        .containsExactly("ROLE_admin", "ROLE_editor", "article:write", "user:*");
  }

  private static byte[] write(Object what) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(what);
    }
    return bytes.toByteArray();
  }

  private static LoginResult.Success loggedIn() {
    AccountStore accounts = AccountStore.inMemory();
    try (AuthService auth =
        AuthService.builder(accounts, TokenStore.inMemory(accounts), KeyRing.ephemeral()).build()) {
      String password = TestSecrets.newPassword().reveal();
      auth.signUp("ada@example.org", password, ClientContext.unknown());
      return (LoginResult.Success) auth.login("ada@example.org", password, ClientContext.unknown());
    }
  }
}
