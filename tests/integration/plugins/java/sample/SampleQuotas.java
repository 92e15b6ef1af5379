package sample;

import java.util.Map;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.server.quota.ClientQuotaCallback;
import org.apache.kafka.server.quota.ClientQuotaEntity;
import org.apache.kafka.server.quota.ClientQuotaType;

/** Limits nobody, and tells that it was asked. */
public class SampleQuotas implements ClientQuotaCallback {
    @Override
    public Map<String, String> quotaMetricTags(ClientQuotaType type, KafkaPrincipal principal, String clientId) {
        Marks.tell("quotas", type + " " + principal.getName());
        return Map.of("sample", "all");
    }

    @Override
    public Double quotaLimit(ClientQuotaType type, Map<String, String> tags) {
        return null;
    }

    @Override
    public void updateQuota(ClientQuotaType type, ClientQuotaEntity entity, double value) {
    }

    @Override
    public void removeQuota(ClientQuotaType type, ClientQuotaEntity entity) {
    }

    @Override
    public boolean quotaResetRequired(ClientQuotaType type) {
        return false;
    }

    @Override
    public boolean updateClusterMetadata(Cluster cluster) {
        return false;
    }

    @Override
    public void close() {
    }

    @Override
    public void configure(Map<String, ?> configs) {
    }
}
