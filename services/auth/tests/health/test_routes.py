"""The health answers of the auth service."""


def test_health_of_a_ready_service_tells_name_and_version(client):
    response = client.get("/api/v1/auth/health")

    assert response.status_code == 200
    assert response.get_json()["data"] == {"status": "ok", "service": "auth", "version": "dev"}
