"""The health answers of the books service."""


def test_health_of_a_ready_service_tells_name_and_version(client):
    response = client.get("/api/v1/books/health")

    assert response.status_code == 200
    assert response.get_json()["data"] == {"status": "ok", "service": "books", "version": "dev"}


def test_liveness_and_readiness_are_told_inside_only(client):
    for address in ("/internal/health/live", "/internal/health/ready"):
        response = client.get(address)

        assert response.status_code == 200
        assert response.get_json()["data"]["status"] == "ok"


def test_metrics_are_told_inside_only(client):
    response = client.get("/internal/metrics")

    assert response.status_code == 200
    assert "colophon_revocation_unknown_total" in response.text
