package io.doorward.auth.servlet;

import static io.doorward.auth.servlet.App.EMAIL;
import static io.doorward.auth.servlet.App.PASSWORD;
import static io.doorward.auth.servlet.App.credentials;
import static io.doorward.auth.servlet.App.object;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.servlet.WebServer.Reply;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;

/** An application with two tenants, which requests name in a header. */
@OnEveryStack
class TenantsIT extends SharedApp {
  private static final String HEADER = "X-Tenant";
  private static final TenantId NORTH = new TenantId("north");
  private static final TenantId SOUTH = new TenantId("south");
  private static final Set<TenantId> TENANTS = Set.of(NORTH, SOUTH);

  @BeforeParameterizedClassInvocation
  static void start(Stack stack) {
    app = new App(stack, "", false, App.options().tenant(TenantsIT::tenantOf).build());
  }

  private static Optional<TenantId> tenantOf(HttpServletRequest request) {
    return TenantId.parse(request.getHeader(HEADER)).filter(TENANTS::contains);
  }

  private Reply signUp(TenantId tenant) {
    return app.server.post("/auth/signup", credentials(EMAIL, PASSWORD), HEADER, tenant.value());
  }

  private Reply login(TenantId tenant, String mode) {
    String body =
        object().put("email", EMAIL).put("password", PASSWORD).put("mode", mode).toString();
    return app.server.post("/auth/login", body, HEADER, tenant.value());
  }

  private int get(String path, TenantId tenant, String name, String credential) {
    return app.server.get(path, HEADER, tenant.value(), name, credential).status();
  }

  @Test
  void oneAddressIsAnAccountInEachTenant() {
    Reply north = signUp(NORTH);
    Reply south = signUp(SOUTH);

    assertThat(north.status()).isEqualTo(201);
    assertThat(south.status()).isEqualTo(201);
    assertThat(new AccountId(north.json().get("account").asText()).tenant()).isEqualTo(NORTH);
    assertThat(new AccountId(south.json().get("account").asText()).tenant()).isEqualTo(SOUTH);
    assertThat(signUp(SOUTH).code()).isEqualTo("account_exists");
  }

  @Test
  void anAccountLogsInInItsOwnTenantOnly() {
    signUp(NORTH);

    assertThat(login(NORTH, "cookie").status()).isEqualTo(200);
    assertThat(login(SOUTH, "cookie").code()).isEqualTo("login_rejected");
  }

  @Test
  void aSessionOfOneTenantIsNoneInAnother() {
    signUp(NORTH);
    String cookie = login(NORTH, "cookie").cookie();
    String bearer = "Bearer " + login(NORTH, "bearer").json().get("accessToken").asText();

    for (String path : new String[] {"/app", "/auth/me"}) {
      assertThat(get(path, NORTH, "Cookie", cookie)).isEqualTo(200);
      assertThat(get(path, SOUTH, "Cookie", cookie)).isEqualTo(401);
      assertThat(get(path, NORTH, "Authorization", bearer)).isEqualTo(200);
      assertThat(get(path, SOUTH, "Authorization", bearer)).isEqualTo(401);
    }
    assertThat(app.probe.reached).hasSize(2);
  }

  @Test
  void aRequestOfNoTenantIsRefused() {
    signUp(NORTH);
    String cookie = login(NORTH, "cookie").cookie();

    for (String tenant : new String[] {"west", "", "nor th"}) {
      Reply page = app.server.get("/app", HEADER, tenant, "Cookie", cookie);
      assertThat(page.status()).isEqualTo(404);
      assertThat(page.code()).isEqualTo("unknown_tenant");
      Reply login = app.server.post("/auth/login", credentials(EMAIL, PASSWORD), HEADER, tenant);
      assertThat(login.code()).isEqualTo("unknown_tenant");
    }
    assertThat(app.server.get("/app", "Cookie", cookie).status()).isEqualTo(404);
    assertThat(app.server.get("/public").status()).as("no session is checked").isEqualTo(200);
  }
}
