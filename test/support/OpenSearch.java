import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/** A node of OpenSearch without its distribution: the folder it lives in, its HTTP port, its transport port, and settings as name=value. */
public class OpenSearch extends Node {
  private OpenSearch(Environment environment) {
    super(environment, List.of(Netty4Plugin.class), true);
  }

  public static void main(String[] arguments) throws Exception {
    Settings.Builder settings = Settings.builder()
      .put("path.home", arguments[0]).put("http.port", arguments[1]).put("transport.port", arguments[2])
      .put("http.host", "127.0.0.1").put("transport.host", "127.0.0.1")
      .put("http.type", "netty4").put("transport.type", "netty4")
      .put("cluster.routing.allocation.disk.threshold_enabled", "false");
    for (int i = 3; i < arguments.length; i++) {
      String[] pair = arguments[i].split("=", 2);
      settings.put(pair[0], pair[1]);
    }
    new OpenSearch(InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), null, () -> "n1")).start();
    Thread.currentThread().join();
  }
}
