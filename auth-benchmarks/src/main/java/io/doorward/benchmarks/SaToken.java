package io.doorward.benchmarks;

import cn.dev33.satoken.SaManager;
import cn.dev33.satoken.config.SaTokenConfig;
import cn.dev33.satoken.context.SaTokenContextForThreadLocal;
import cn.dev33.satoken.context.SaTokenContextForThreadLocalStaff;
import cn.dev33.satoken.context.mock.SaRequestForMock;
import cn.dev33.satoken.context.mock.SaResponseForMock;
import cn.dev33.satoken.context.mock.SaStorageForMock;
import cn.dev33.satoken.dao.SaTokenDaoForRedisTemplate;
import cn.dev33.satoken.json.SaJsonTemplateForJackson3;
import cn.dev33.satoken.stp.StpUtil;
import java.util.ArrayList;
import java.util.List;

/** Sa-Token with its own Redis store and default settings, over Jedis; one for each JVM. */
final class SaToken {
  private SaToken() {}

  /** Makes it ready and logs all users in. */
  static List<String> tokens(Servers servers, Opened opened) {
    SaTokenDaoForRedisTemplate store = new SaTokenDaoForRedisTemplate();
    store.init(Spring.connections(servers, opened));
    SaManager.setConfig(new SaTokenConfig().setIsPrint(false).setIsLog(false));
    SaManager.setSaTokenContext(new SaTokenContextForThreadLocal());
    SaManager.setSaJsonTemplate(new SaJsonTemplateForJackson3());
    SaManager.setSaTokenDao(store);
    List<String> tokens = new ArrayList<>();
    for (int user = 0; user < servers.users(); user++) {
      tokens.add(StpUtil.createLoginSession(Users.email(user)));
    }
    return tokens;
  }

  static void find(String token) {
    if (StpUtil.getLoginIdByToken(token) == null) {
      throw new IllegalStateException("Sa-Token does not know the token");
    }
  }

  /** What its filter and an application do in a request that carries the token in a header. */
  static void checkAndFind(String token) {
    SaRequestForMock request = new SaRequestForMock();
    request.headerMap.put(StpUtil.getTokenName(), token);
    SaTokenContextForThreadLocalStaff.setModelBox(
        request, new SaResponseForMock(), new SaStorageForMock());
    try {
      StpUtil.checkLogin();
      if (StpUtil.getLoginId() == null) {
        throw new IllegalStateException("Sa-Token does not know the token");
      }
    } finally {
      SaTokenContextForThreadLocalStaff.clearModelBox();
    }
  }
}
