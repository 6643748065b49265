package io.doorward.auth.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TestBackendTest {
  @Test
  void nothingSaidMeansEmbedded() {
    assertThat(TestBackend.parse(null)).isEqualTo(TestBackend.EMBEDDED);
    assertThat(TestBackend.parse("")).isEqualTo(TestBackend.EMBEDDED);
    assertThat(TestBackend.parse("embedded")).isEqualTo(TestBackend.EMBEDDED);
    assertThat(TestBackend.parse("testcontainers")).isEqualTo(TestBackend.TESTCONTAINERS);
  }

  @Test
  void anythingElseIsAMistakeAndNotEmbedded() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TestBackend.parse("docker"))
        .withMessageContaining("DOORWARD_TEST_BACKEND");
  }

  @Test
  void aNamedServerIsNotOursToStop() {
    NamedServer server = new NamedServer("db.example", 5432);
    assertThatThrownBy(server::stop).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(server::kill).isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(server::pause).isInstanceOf(UnsupportedOperationException.class);
    server.close();
  }
}
